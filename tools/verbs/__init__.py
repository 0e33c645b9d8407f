"""The verbs of ``./run``: one module each, with ``main(arguments)``; the shell script has set everything up before."""
