"""dvc_lock: several dvc.lock files made one, stage by stage."""
