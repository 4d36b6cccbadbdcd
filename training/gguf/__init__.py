"""GGUF files of Llamas that transformers saved, for the embedded engine to serve.

`training.gguf.model.write` is what is called. Needs numpy and gguf, and no torch.
"""
