"""The page on which people put a rule together: fields made from the schemas of kinds, sentences, and trying it."""
