"""The bytes of Server-Sent Events: encodes and validates frames. It knows neither sockets nor what the data means."""
