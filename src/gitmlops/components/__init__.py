"""components: the library of pipeline steps, a folder each: the contract in component.yaml, the code beside it."""
