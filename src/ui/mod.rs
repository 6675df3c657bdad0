//! Theme, panels and plots; one file per view. Draws the lab, pushes commands.
