"""The functions that run in the cluster, in Lua; loaded as one library, named by their text."""
