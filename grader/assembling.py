"""Judges what was measured of one submission, new or stored, and puts its report together: needs no TensorFlow, no files, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.contracts.base import Place
from grader.contracts.evidence import Evidence
from grader.contracts.network_facts import ModelFacts
from grader.contracts.pictures import FeatureMaps
from grader.contracts.report import AugmentationReport, NetworkReport, Report, TrainingReport
from grader.contracts.submission import Submission
from grader.contracts.training_facts import TrainingFacts
from grader.contracts.verdict import Cause, Verdict
from grader.course import Exercise
from grader.course.translated import title_of
from grader.diagnosis import diagnose
from grader.judge import Rubric, judge
from grader.submission.pointing import pointed
from grader.words import language

if TYPE_CHECKING:  # images: more than judging needs
    from grader.datasets.dataset import Variant

MAX_AUGMENTATIONS = 10  # as many as a page has room for


def conclude(submission: Submission, asked: Exercise, rubric: Rubric, evidence: Evidence, *, data: Variant, official: bool) -> Report:
    """Judge evidence, name the causes and return the report, without timings; `official`: the course's own hidden images were used."""
    verdict = judge(rubric, evidence)
    causes = tuple(_where_it_stands(cause, verdict, submission) for cause in diagnose(rubric, evidence, verdict))
    verdict = _pointing(submission, verdict.model_copy(update={"causes": causes}))
    return _report(submission, asked, rubric, evidence, verdict, data=data, official=official)


def _pointing(submission: Submission, verdict: Verdict) -> Verdict:
    """Return the verdict with causes, and what failed for them, at the line that they are about, where the file's text tells it."""
    causes: list[Cause] = []
    moved: dict[str, tuple[Place | None, Place]] = {}
    for cause in verdict.causes:
        found = pointed(submission, cause.id, cause.place)
        causes.append(cause.model_copy(update=dict(zip(("place", "line"), found, strict=True))) if found is not None else cause)
        if found is not None:
            moved |= dict.fromkeys(cause.criteria, (cause.place, found[0]))
    criteria = tuple(
        each.model_copy(update={"place": moved[each.id][1]}) if each.id in moved and each.place == moved[each.id][0] else each
        for each in verdict.criteria
    )
    return verdict.model_copy(update={"causes": tuple(causes), "criteria": criteria})


def _where_it_stands(cause: Cause, verdict: Verdict, submission: Submission) -> Cause:
    """Return the cause with what the text tells of a missing function: under which name it stands there, or in which broken cell."""
    if cause.id != "function-missing":
        return cause
    missing = {criterion.function for criterion in verdict.criteria if criterion.id in cause.criteria}
    told = (one for one in submission.findings if one.id == "missing-function" and one.function in missing and one.place is not None)
    finding = next(told, None)
    return cause if finding is None else cause.model_copy(update={"sentence": finding.message, "place": finding.place})


def _report(
    submission: Submission,
    asked: Exercise,
    rubric: Rubric,
    evidence: Evidence,
    verdict: Verdict,
    *,
    data: Variant,
    official: bool,
) -> Report:
    return Report(
        file=submission.file,
        exercise=asked.name,
        title=title_of(asked),
        language=language(),
        week=asked.week,
        profile=verdict.profile,
        data=data,
        status=verdict.status,
        points=verdict.points,
        max_points=verdict.max_points,
        pass_mark=verdict.pass_mark,
        criteria=verdict.criteria,
        causes=verdict.causes,
        notes=verdict.notes,
        findings=submission.findings,
        left_out=submission.left_out,
        submission_digest=submission.digest,
        rubric_digest=verdict.rubric,
        protocol_digest=evidence.protocol,
        holdout_digest=evidence.holdout,
        official_mark=official,
        versions=evidence.versions,
        isolation=evidence.isolation,
        timings=(),
        trainings=_trainings(asked, rubric, evidence),
        networks=_networks(evidence),
        augmentations=_augmentations(evidence)[:MAX_AUGMENTATIONS],
        stdout=evidence.stdout,
    )


def _trainings(asked: Exercise, rubric: Rubric, evidence: Evidence) -> tuple[TrainingReport, ...]:
    found = []
    for training in asked.protocol.trainings:
        facts = evidence.trainings.get(training.id)
        if facts is not None:
            call = evidence.calls[training.model]
            model = call.facts if isinstance(call.facts, ModelFacts) else None
            found.append(
                TrainingReport(
                    **dict(facts.model_copy(update={"maps": _named(facts, model)})),
                    id=training.id,
                    function=call.function,
                    parameters=model.parameters if model else None,
                    threshold=rubric.threshold(training.id),
                )
            )
    return tuple(found)


def _named(facts: TrainingFacts, model: ModelFacts | None) -> FeatureMaps | None:
    """Return the feature maps with the student's names of the layers: a training may be shared, names are not."""
    if facts.maps is None or model is None:
        return facts.maps
    names = {number: layer.name for number, layer in enumerate(model.layers)}
    named = [layer.model_copy(update={"name": names.get(layer.layer, "")}) for layer in facts.maps.layers]
    return facts.maps.model_copy(update={"layers": tuple(named)})


def _networks(evidence: Evidence) -> tuple[NetworkReport, ...]:
    return tuple(
        NetworkReport(
            call=call.id,
            function=call.function,
            model_class=call.facts.model_class,
            input_shape=call.facts.input_shape,
            parameters=call.facts.parameters,
            trainable_parameters=call.facts.trainable_parameters,
            base=call.facts.base.title if call.facts.base is not None else "",
            layers=call.facts.layers,
        )
        for call in evidence.calls.values()
        if isinstance(call.facts, ModelFacts)
    )


def _augmentations(evidence: Evidence) -> tuple[AugmentationReport, ...]:
    found = []
    for call in evidence.calls.values():
        facts = call.facts
        if facts is None:
            continue
        if facts.kind == "batches" and facts.shown is not None:
            found.append(AugmentationReport(call=call.id, function=call.function, **dict(facts.shown)))
        if facts.kind == "augmenter":
            found += [
                AugmentationReport(call=call.id, function=call.function, arguments=case.arguments, **dict(case.shown))
                for case in facts.cases
                if case.shown is not None
            ]
    return tuple(found)
