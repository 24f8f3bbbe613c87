"""A class: every submission graded once, everything kept, marks that can be judged again."""
