"""The panel: which experts are asked, when enough of them agree, whom to believe, and why. After Symbolic-MoE."""
