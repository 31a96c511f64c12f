"""What talks with the user: the menu, the wizard, views and dialogs."""
