"""What the page of a template shows beside its texts: the mail, its faults by line, and the names there are."""
