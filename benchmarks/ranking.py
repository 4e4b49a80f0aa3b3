"""The frozen weights of the ranking, and the tables and picture of docs/ranking.md.

``python -m benchmarks.ranking weights`` fits on all past projects of the seed data and writes
``matching/ranking_weights.json``. ``python -m benchmarks.ranking page OUT.json`` writes the figures of
``sstic evaluate --full --json OUT.json`` into docs/ranking.md and docs/ranking.svg.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.worlds import real
from matching.evaluation import Bench
from matching.past_projects import TASKS
from matching.ranking import WEIGHTS_FILE, fit
from matching.signals import WEIGHED
from matching.view import Known

ROOT = Path(__file__).resolve().parent.parent
PAGE, PICTURE = ROOT / "docs" / "ranking.md", ROOT / "docs" / "ranking.svg"
BARS = ("popularity", "popularity_in_region", "popularity_in_theme", "own_past", "own_past_region_theme", "model")
COLOURS = ("#1d70b8", "#b1b4b6")


def write_weights() -> None:
    """Fit every task on all projects."""
    bench = Bench(real())
    weights = {}
    for task in TASKS:
        cases = bench.cases[task]
        ranking = fit(bench.setting, cases, Known(np.arange(len(cases)), earlier_only=False), WEIGHED[task.name])
        weights[task.name] = dict(ranking.weights)
    told = {
        "fitted_on": "seed_data/cooperation_projects.csv",
        "by": "benchmarks/ranking.py weights",
        "weights": weights,
    }
    (ROOT / "matching" / WEIGHTS_FILE).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def write_page(report: dict[str, Any]) -> None:
    """Put every table between its marks, and draw the picture."""
    text = PAGE.read_text(encoding="utf-8")
    tables = {name: figures(report[name]) for name in ("tasks", "new_pairs", "time_ordered")}
    tables |= {"repeats": repeats(report), "ceiling": ceiling(report), "ablation": signals(report)}
    tables |= {"fairness": fairness(report["fairness"]), "leak_test": leak_test(report["leak_test"])}
    for name, table in tables.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = mark.sub(lambda found, table=table: found[1] + table + "\n" + found[2], text)
    PAGE.write_text(text, encoding="utf-8")
    PICTURE.write_text(picture(report["tasks"]), encoding="utf-8")


def figures(part: dict[str, Any]) -> str:
    """The model and every baseline of each task."""
    lines = [
        "| task | ranking | MRR | mean over providers | hits@1 | hits@5 | hits@10 | NDCG@10 |",
        "|---|---|" + "--:|" * 6,
    ]
    for task, told in part.items():
        for name, one in (("**model**", told["model"]), *told["baselines"].items()):
            cells = [ranged(one, "mrr"), ranged(one, "mrr_mean_over_providers")]
            cells += [f"{one[measure]:.3f}" for measure in ("hits_1", "hits_5", "hits_10", "ndcg_10")]
            lines.append(f"| {task} ({told['n']}) | {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def ranged(one: dict[str, Any], measure: str) -> str:
    """A figure with its interval."""
    low, high = one[f"{measure}_interval"]
    return f"{one[measure]:.3f} ({low:.2f} to {high:.2f})"


def repeats(report: dict[str, Any]) -> str:
    """Model over the best baseline, split by split."""
    lines = [
        "| task | questions | split | MRR, times the best | mean over providers, times the best |",
        "|---|---|--:|--:|--:|",
    ]
    for task, splits in report["repeated_splits"].items():
        for number, split in enumerate(splits, start=1):
            for part, told in split.items():
                cells = []
                for measure in ("mrr", "mrr_mean_over_providers"):
                    best = max(one[measure] for name, one in told.items() if name != "model")
                    cells.append(f"{told['model'][measure]:.3f}, {told['model'][measure] / best:.2f}")
                lines.append(f"| {task} | {part} | {number} | {' | '.join(cells)} |")
    return "\n".join(lines)


def ceiling(report: dict[str, Any]) -> str:
    """What perfect memory would reach."""
    lines = [
        "| task | MRR | mean over providers | share of new pairs | providers seen only in new pairs |",
        "|---|--:|--:|--:|--:|",
    ]
    for task, one in report["ceiling"].items():
        only = f"{one['providers_only_in_new_pairs']} of {one['providers']}"
        cells = (f"{one['mrr']:.3f}", f"{one['mrr_mean_over_providers']:.3f}", f"{one['share_of_new_pairs']:.1%}", only)
        lines.append(f"| {task} | {' | '.join(cells)} |")
    return "\n".join(lines)


def signals(report: dict[str, Any]) -> str:
    """Each signal alone and taken away."""
    lines = [
        "| task | signal | weight | alone: MRR | alone: mean | without it: MRR | without it: mean |",
        "|---|---|" + "--:|" * 5,
    ]
    for task, told in report["ablation"].items():
        model = told["model"]
        lines.append(
            f"| {task} | **all weighed** | | {model['mrr']:.3f} | {model['mrr_mean_over_providers']:.3f} | | |"
        )
        for name, one in told["signals"].items():
            cells = [f"{one['weight']:.2f}" if "weight" in one else "not weighed"]
            for part in ("alone", "without"):
                cells += [f"{one[part][m]:.3f}" if part in one else "" for m in ("mrr", "mrr_mean_over_providers")]
            lines.append(f"| {task} | {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def fairness(told: dict[str, Any]) -> str:
    """Exposure, hidden indicators, newcomers and the leak test."""
    lines = ["| shown | first places | first ten places | true answers |", "|---|--:|--:|--:|"]
    for kind in ("income_group", "region", "provider"):
        for name, one in told["exposure"][kind].items():
            if kind != "provider" or one["true_answers"] >= 0.003:
                cells = (one[part] for part in ("first_places", "first_ten", "true_answers"))
                lines.append(f"| {name} | {' | '.join(f'{cell:.1%}' for cell in cells)} |")
    lines += [
        "",
        "| mean rank of small island states | as known | half of their indicators hidden | all hidden |",
        "|---|--:|--:|--:|",
    ]
    for task, one in told["hidden_indicators"].items():
        ranks = (one[f"mean_rank_{part}"] for part in ("as_known", "half_hidden", "all_hidden"))
        lines.append(f"| {task} | {' | '.join(f'{rank:.1f}' for rank in ranks)} |")
    new = told["first_time_providers"]
    lines += [
        "",
        f"| provider as a newcomer | best rank of {new['candidates']} | middle rank | questions |",
        "|---|--:|--:|--:|",
    ]
    for name, one in sorted(new["providers"].items(), key=lambda item: item[1]["best_rank"]):
        lines.append(f"| {name} | {one['best_rank']:g} | {one['median_rank']:g} | {one['questions']} |")
    return "\n".join(lines)


def leak_test(told: dict[str, Any]) -> str:
    """What a model finds that learnt from shuffled answers."""
    lines = [
        "| task | shuffled model: MRR | mean over providers | popularity: MRR | mean over providers |",
        "|---|" + "--:|" * 4,
    ]
    for task, one in told.items():
        both = [one[name] for name in ("shuffled_model", "popularity")]
        cells = [f"{figures[m]:.3f}" for figures in both for m in ("mrr", "mrr_mean_over_providers")]
        lines.append(f"| {task} | {' | '.join(cells)} |")
    return "\n".join(lines)


def picture(tasks: dict[str, Any]) -> str:
    """Bars of MRR as a mean over providers, with intervals, for every task."""
    parts, top = [], 34
    for task, told in tasks.items():
        parts.append(f'<text x="8" y="{top}" font-weight="bold">Rank the {task}</text>')
        for name in BARS:
            top += 22
            one = told["model"] if name == "model" else told["baselines"][name]
            value, (low, high) = one["mrr_mean_over_providers"], one["mrr_mean_over_providers_interval"]
            colour = COLOURS[0] if name == "model" else COLOURS[1]
            parts.append(f'<text x="182" y="{top + 4}" text-anchor="end">{name.replace("_", " ")}</text>')
            parts.append(f'<rect x="190" y="{top - 8}" width="{value * 400:.0f}" height="15" fill="{colour}"/>')
            parts.append(f'<path d="M{190 + low * 400:.0f} {top}H{190 + high * 400:.0f}" stroke="#0b0c0c"/>')
            parts.append(f'<text x="{198 + high * 400:.0f}" y="{top + 4}">{value:.2f}</text>')
        top += 40
    title = "MRR as a mean over providers, with 95% intervals"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 {top}" font-family="sans-serif" font-size="13" '
        f'role="img" aria-label="{title}"><rect width="640" height="{top}" fill="#fff"/>'
        f'<text x="8" y="14" font-size="12">{title}</text>{"".join(parts)}</svg>\n'
    )


def main() -> None:
    """Write what was asked for."""
    match sys.argv[1:]:
        case ["weights"]:
            write_weights()
        case ["page", file]:
            write_page(json.loads(Path(file).read_text(encoding="utf-8")))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
