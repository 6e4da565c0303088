"""The same requests to both runtimes in front of the same store: their answers must be the same, to the byte."""
