"""The domain database: typed models, the engine, migrations, and the queries services share."""
