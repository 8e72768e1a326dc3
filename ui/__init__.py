"""How people and programs reach Sommelier: command, API, page and widget."""
