"""Benchmarks: adcli and its peers on the same work, in turn, with equal answers."""
