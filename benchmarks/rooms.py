"""The room's page, its timeline and the incident list, small and large: time, queries, memory."""

from benchmarks.kit import Figure, embedded, python, run

SIZES = "100 100000"
QUICK = {"sizes": "100 20000"}


def measure(sizes: str = SIZES) -> list[Figure]:
    """Pages with 100 and with 100,000 events; lists with 1,000 and 30,000 incidents."""
    figures = []
    with embedded() as env:
        run(python("manage.py", "migrate", "-v0"), env)
        out = run(python("-m", "benchmarks.pages", *sizes.split()), env | {"DJANGO_SETTINGS_MODULE": "config.settings"})
    for line in out.splitlines():
        name, small_ms, large_ms, small_queries, large_queries, small_kb, large_kb = line.split("\t")
        ratio = float(large_ms) / float(small_ms)
        figures.append(
            Figure(
                name,
                f"{ratio:.2f} × ({float(small_ms):.1f} → {float(large_ms):.1f} ms), queries {small_queries} →"
                f" {large_queries}, {small_kb} → {large_kb} kB allocated at most",
                "at most 1.3 ×, the same queries",
                ratio <= 1.3 and small_queries == large_queries,
                {"ratio": ratio},
            )
        )
    return figures
