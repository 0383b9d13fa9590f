"""The first-party plugins, installed as the package finopsnb_plugins; they use only what any outside author can use."""
