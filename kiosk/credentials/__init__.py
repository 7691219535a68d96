"""Scanned text to a verified credential or a refusal: pure, bounded, without a network."""
