"""An automated grader for a course on convolutional neural networks in TensorFlow."""

__version__ = "0.1.0"
