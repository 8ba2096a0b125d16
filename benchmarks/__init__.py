"""Figures of basicdb-mock, each as a ratio to its floor or its peer within one run.

``python -m benchmarks`` measures all of them, prints a table, and writes ``results.json`` and ``growth.svg``;
``--quick`` ends in two minutes.  Peers that are not installed are left out, and the table says so.
"""
