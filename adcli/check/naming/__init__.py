"""The mistake by name: which repair makes a wrong claim right, and which of several to name."""
