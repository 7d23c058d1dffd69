"""What is measured rather than asserted: a module a measurement, `harness` for what they share. Never imported by the product or its tests."""
