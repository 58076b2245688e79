"""The document of the API: every call with what it takes and answers. It must not know how a call is answered."""
