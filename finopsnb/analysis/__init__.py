"""Pure functions over cost data: a table expression in, a table expression out, run by whichever engine holds it."""
