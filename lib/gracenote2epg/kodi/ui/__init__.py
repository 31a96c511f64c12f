"""The user interface: the menu, the set-up wizard, views and dialogs."""
