"""The pages of this blueprint, one module per noun; all are loaded by the package above."""
