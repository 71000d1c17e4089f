"""`make bench`: what Warroom costs, as ratios within one run. Yardsticks live beside what they measure."""
