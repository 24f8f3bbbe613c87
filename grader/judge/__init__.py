"""From evidence to a verdict: pure functions, no TensorFlow, no files, no clock."""
