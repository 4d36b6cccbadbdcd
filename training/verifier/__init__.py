"""Process and outcome reward models made from labelled solutions.

`reading`, `targets`, `batches` and `config` know no torch; `train` and `rate` are what is called.
"""
