"""Words that streets, houses and floors go by in six languages."""

from __future__ import annotations

_BEFORE_WORDS = """
rue avenue av ave boulevard bd bld blvd allée allee allées allees impasse chemin place quai route
cours square passage sentier lieu-dit lieudit lotissement résidence residence villa cité calle c
avenida avda avd plaza pza pl paseo camino carretera ctra ronda glorieta travesía travesia callejón
callejon urbanización urbanizacion polígono poligono rambla vía barrio via v.le viale v.lo vicolo
piazza p.za piazzale corso c.so largo strada provinciale statale contrada lungarno lungomare salita
località localita borgo frazione galleria rua r av. travessa tv praça praca estrada rodovia alameda
beco ladeira viela quinta calçada calcada parque jardim am an im auf unter in zur zum bei singel
kerkplein plein
"""
BEFORE = frozenset(_BEFORE_WORDS.split())
"""Words before a street's name."""

GERMAN = frozenset({"am", "an", "im", "auf", "unter", "zum", "zur"})

_WEAK_WORDS = """
am an im auf unter in zur zum bei place passage villa c pl parque jardim quinta largo borgo r route
cours square barrio strada frazione galleria résidence residence
"""
WEAK = frozenset(_WEAK_WORDS.split())
"""Of these, words that are more often something else; they need a postcode after the number."""

_CALLED_WORDS = "place c parque jardim quinta largo borgo cours square barrio"
CALLED = frozenset(_CALLED_WORDS.split())
_LEADING_WORDS = "de del della di do da dos das du des san santa santo são"
LEADING = frozenset(_LEADING_WORDS.split())
"""Weak words that are a street's all the same where one of these follows: `largo do rato 3`."""

_ALONE_WORDS = "ring singel weg platz allee chaussee gracht dijk straat strasse straße kade"
ALONE = frozenset(_ALONE_WORDS.split())

_TAIL_WORDS = """
og ug eg stock etage étage etg hinterhaus vorderhaus wohnung whg app appt appartement apt apto
apartamento bis ter quater bât bat bâtiment esc escalier porte piso planta puerta pta bajo bj izq
izda dcha esq dto dta dt int interno scala sc piano p palazzina bloco bl bloque casa lote lt conj
conjunto sala andar fundos fdo hs bus hoog verdieping huis km nº n no nr num numero número bp cp
cedex cap cep r c portal local cidade ciudad edificio edifício ed edif
"""
TAIL = frozenset(_TAIL_WORDS.split())

_SMALL_WORDS = """
de la le les l du des d da do das dos del della delle dei degli di dell los las el den der dem van
het 't ten ter op aan sur sous en lès y e et und am bad sankt st san santa sant são sao saint
sainte ste nova nouvelle alter alte altes oude nieuwe neue neuer grote kleine berliner
burgemeester professor prof doctor dokter dr koning koningin prins prinses sint general marechal
"""
SMALL = frozenset(_SMALL_WORDS.split())

_GRAMMAR_WORDS = """
an auf in zu wohnt wohne liefern versand habite habitons vive vivo reside abita abito woont woon
mora moro entrega livrer enviar à a au aux en y e et und o op aan te naar na no nas nos al por per
para sur de la le les il lo el los las der die das den dem des het een du da do
"""
GRAMMAR = frozenset(_GRAMMAR_WORDS.split())
