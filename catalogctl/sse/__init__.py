"""The bytes of Server-Sent Events: encodes, validates and reads frames. It knows no sockets, nor what data means."""
