"""The hub: one reader of the log, and every stream that lives on what it finds. It must not know how bytes get away."""
