"""One file per capture format, each giving canonical events."""
