"""The checker: whether derivatives agree, and how far apart they may be."""
