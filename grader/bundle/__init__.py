"""Archives that carry the grader and one exercise to where submissions are graded one by one."""

from .gradescope import write_gradescope

__all__ = ["write_gradescope"]
