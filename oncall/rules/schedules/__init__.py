"""Who is on call: one pure engine. No database, no clock, no network; instants and windows are arguments.

`reading` makes a `Plan` of JSON, `final` says who is on call over a window or at an instant, `explaining` says why,
`comparing` says what a change would do, `quality` adds up hours. Nothing else in the product may answer these.
"""
