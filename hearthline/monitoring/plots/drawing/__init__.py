"""Drawings as SVG text, made on the server for page, print and PDF alike.

Colours stand as attributes for paper; the page's stylesheet (``plots.css``) lays its tokens over them. Time runs from
left to right in every language. Each drawing has a title and a description, and a table stands beside it.
"""
