"""The commands: each is a file in this folder that defines `command`, and its name is the file's."""
