"""The queue, its supervisor and its workers, and work that pages leave to other processes."""
