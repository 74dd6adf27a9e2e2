"""A feature set of the flights for tests of components that learn."""

FILES = {
    "features/entities/flight.yaml": "kind: entity\nname: flight\nkeys: [{name: flight_id, dtype: int64}]\n"
    "owner: us\ndescription: A flight\n",
    "features/sources/flights.yaml": "kind: source\nname: flights\npath: data/flights\ntimestamp: scheduled_at\n"
    "columns: {flight_id: int64, scheduled_at: timestamp, miles: int64, carrier: string}\n"
    "owner: us\ndescription: Flights\n",
    "features/views/plan.yaml": "kind: feature_view\nname: plan\nowner: us\ndescription: Plan\nentities: [flight]\n"
    "source: flights\nfeatures:\n  - {name: miles, dtype: int64, description: d}\n"
    "  - {name: carrier, dtype: string, description: c}\n",
    "features/sets/words.yaml": "kind: feature_set\nname: words\nowner: us\ndescription: A set\n"
    "features: [plan@v1:miles, plan@v1:carrier]\n",
    "features/sets/numbers.yaml": "kind: feature_set\nname: numbers\nowner: us\ndescription: A set\n"
    "features: [plan@v1:miles]\n",
}
