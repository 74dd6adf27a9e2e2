"""discovery: search, lists and overviews of features, here, imported and in other repositories."""
