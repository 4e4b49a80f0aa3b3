"""The cooperation graph: who did what with whom, where it was replicated, and which countries resemble each other."""

from dataclasses import dataclass

import networkx as nx
import numpy as np

from matching.problem import FundingWindow, GoodPractice, Need, Problem
from matching.similarity import Floats, resemblance

CLOSEST = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """One edge of the graph that speaks for a proposal."""

    kind: str
    source: str
    target: str
    text: str
    source_url: str | None = None


class CooperationGraph:
    """A networkx multigraph over countries, practices and organizations.

    Nodes are ``country:ISO3``, ``practice:KEY`` and ``organization:NAME``. Edges carry a ``kind``: ``replicated_in``
    (practice to country), ``provided_to`` (provider to beneficiary, one per past project), ``facilitated``
    (facilitator to beneficiary) and ``resembles`` (a country to the five whose context is closest).
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self.closeness: Floats = resemblance(problem)
        self.position = {country.key: index for index, country in enumerate(problem.countries)}
        self.graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        self._add_countries()
        self._add_practices()
        self._add_projects()
        self._nearest = {country.key: self._found_nearest(country.key) for country in problem.countries}
        self._between = self._keys_between()
        self._project = {project.key: project for project in problem.projects}
        self.provided = self._counts("provided_to")
        self.facilitated = self._counts("facilitated")

    def _add_countries(self) -> None:
        countries = self._problem.countries
        self.graph.add_nodes_from(f"country:{country.key}" for country in countries)
        order = np.argsort(-self.closeness, axis=1, kind="stable")
        for row, country in enumerate(countries):
            nearest = [column for column in order[row] if column != row][:CLOSEST]
            for column in nearest:
                closeness = float(self.closeness[row, column])
                other = countries[column].key
                self.graph.add_edge(f"country:{country.key}", f"country:{other}", kind="resembles", closeness=closeness)

    def _add_practices(self) -> None:
        for practice in self._problem.practices:
            for country in sorted(practice.replicated_in):
                self.graph.add_edge(f"practice:{practice.key}", f"country:{country}", kind="replicated_in")

    def _add_projects(self) -> None:
        for project in self._problem.projects:
            for beneficiary in project.beneficiaries:
                for provider in project.providers:
                    self._link(provider, beneficiary, "provided_to", project.key)
                for facilitator in project.facilitators:
                    self._link(facilitator, beneficiary, "facilitated", project.key)

    def _link(self, giver: str, beneficiary: str, kind: str, project: str) -> None:
        if beneficiary in self.position and giver != beneficiary:
            node = f"country:{giver}" if giver in self.position else f"organization:{giver}"
            self.graph.add_edge(node, f"country:{beneficiary}", kind=kind, project=project)

    def _counts(self, kind: str) -> Floats:
        """Edges of one kind from country to country; shape (countries, countries), giver by row."""
        counts = np.zeros((len(self.position), len(self.position)))
        for giver, taker, edge in self.graph.edges(data=True):
            if edge["kind"] == kind and giver.startswith("country:"):
                counts[self.position[giver[8:]], self.position[taker[8:]]] += 1
        return counts

    def _keys_between(self) -> dict[tuple[str, str, str], list[str]]:
        """The projects, sorted, of a giver for a taker by kind of edge."""
        found: dict[tuple[str, str, str], list[str]] = {}
        for giver, taker, edge in self.graph.edges(data=True):
            if "project" in edge:
                found.setdefault((giver, taker, edge["kind"]), []).append(edge["project"])
        return {key: sorted(projects) for key, projects in found.items()}

    def nearest(self, country: str) -> list[tuple[str, float]]:
        """The countries whose context is closest, with their closeness from 0 to 1."""
        return self._nearest[country]

    def _found_nearest(self, country: str) -> list[tuple[str, float]]:
        edges = self.graph.out_edges(f"country:{country}", data=True)
        found: list[tuple[str, float]] = [
            (other[8:], edge["closeness"]) for _, other, edge in edges if edge["kind"] == "resembles"
        ]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def evidence(
        self, need: Need, practice: GoodPractice, provider: str | None, window: FundingWindow
    ) -> list[Evidence]:
        """The edges that speak for one proposal, most telling first."""
        found: list[Evidence] = []
        if provider is not None:
            found += self._past_projects(provider, need.country)
            found += self._resemblance(provider, need.country)
        found += self._replications(practice, need.country)
        if window.donor_country is not None and window.donor_country != need.country:
            found += self._donor_record(window.donor_country, need.country)
        if provider is not None:
            found += self._memberships(provider, need.country)
        return found

    def _name(self, country: str) -> str:
        return self._problem.country[country].name

    def _projects(self, giver: str, beneficiary: str, kind: str) -> list[str]:
        return self._between.get((f"country:{giver}", f"country:{beneficiary}", kind), [])

    def _past_projects(self, provider: str, beneficiary: str) -> list[Evidence]:
        found = []
        for key in self._projects(provider, beneficiary, "provided_to")[:5]:
            project = self._project[key]
            year = f", {project.year}" if project.year else ""
            text = f"{self._name(provider)} has worked for {self._name(beneficiary)}: {project.title}{year}."
            found.append(Evidence("past_project", provider, beneficiary, text, project.source_url))
        return found

    def _replications(self, practice: GoodPractice, beneficiary: str) -> list[Evidence]:
        near = dict(self.nearest(beneficiary))
        order = sorted(
            practice.replicated_in, key=lambda country: (country != beneficiary, -near.get(country, 0.0), country)
        )
        found = []
        for country in order[:5]:
            alike = f", whose context resembles that of {self._name(beneficiary)}" if country in near else ""
            text = f"The practice has been replicated in {self._name(country)}{alike}."
            found.append(Evidence("replicated_in", practice.key, country, text))
        return found

    def _resemblance(self, provider: str, beneficiary: str) -> list[Evidence]:
        closeness = self.closeness[self.position[provider], self.position[beneficiary]]
        text = f"Context of {self._name(provider)} and {self._name(beneficiary)}: {closeness:.0%} alike."
        return [Evidence("resembles", provider, beneficiary, text)]

    def _donor_record(self, donor: str, beneficiary: str) -> list[Evidence]:
        number = int(self.facilitated[self.position[donor], self.position[beneficiary]])
        if not number:
            return []
        projects = "a recorded project" if number == 1 else f"{number} recorded projects"
        text = f"{self._name(donor)} has facilitated {projects} for {self._name(beneficiary)}."
        return [Evidence("donor_record", donor, beneficiary, text)]

    def _memberships(self, provider: str, beneficiary: str) -> list[Evidence]:
        one, other = self._problem.country[provider], self._problem.country[beneficiary]
        common = sorted(one.groupings & other.groupings)
        if not common:
            return []
        text = f"{one.name} and {other.name} are both members of {', '.join(common)}."
        return [Evidence("membership", provider, beneficiary, text)]
