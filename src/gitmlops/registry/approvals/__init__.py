"""approvals: who has agreed to a version, by reviews on GitHub or by signed notes, and what of it counts."""
