"""The parts of `pipelines.extract`: each module answers one question about a parsed page."""
