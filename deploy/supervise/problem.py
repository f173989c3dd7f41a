"""What stops a start, as a sentence for whoever started it."""


class Problem(Exception):
    pass
