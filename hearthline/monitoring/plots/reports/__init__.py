"""What a page and its PDF say, ready for the template: figures as shown, drawings, and what is insufficient."""
