"""The images: what is known, cached, drawn, imported, handed out and held back."""
