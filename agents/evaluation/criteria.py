"""By what judges score outlines and texts of surveys: SurveyForge's SAM-O and SAM-C.

Source: SurveyForge, arXiv:2503.04629, sections 4.1 and 4.2; the bands are ours.
"""

from tools.llm.critic_tasks import Criterion

OUTLINE_CRITERIA = (
    Criterion(
        name="Topic uniqueness",
        description="Every section and subsection is about something of its own; headings do not overlap or repeat.",
        bands=(
            "Most headings repeat or overlap one another.",
            "Several headings cover the same matter.",
            "A few overlaps that a reader would notice.",
            "Distinct throughout, with one or two borders that are not sharp.",
            "No two headings could be exchanged or merged.",
        ),
    ),
    Criterion(
        name="Structural balance",
        description="Sections are alike in weight and depth for what their matter needs; none is swollen or a stub.",
        bands=(
            "One section holds nearly everything, or most are stubs.",
            "Great differences in depth without a reason in the matter.",
            "Uneven in places.",
            "Even, with small differences that the matter explains.",
            "Each part has just the depth that its matter needs.",
        ),
    ),
    Criterion(
        name="Hierarchical clarity",
        description="Subsections belong under their section and divide it; levels are used alike throughout.",
        bands=(
            "No hierarchy to speak of.",
            "Many subsections stand under the wrong section or on the wrong level.",
            "Mostly in place, with some that belong elsewhere.",
            "Clear, with an occasional subsection that does not divide its section.",
            "Every subsection is a part of its section, and together they cover it.",
        ),
    ),
    Criterion(
        name="Logical organisation",
        description="The order leads a reader from foundations over methods to evaluation, use and open questions.",
        bands=(
            "No order can be seen.",
            "Several leaps; later parts are needed for earlier ones.",
            "An order, with breaks.",
            "A sound order with one or two parts that could stand better elsewhere.",
            "Each section prepares the next; nothing could be moved without loss.",
        ),
    ),
)

CONTENT_CRITERIA = (
    Criterion(
        name="Structure",
        description="The text is in a logical order, its parts connect, transitions carry the reader, nothing repeats.",
        bands=(
            "Loose statements without connection.",
            "An order that is often broken; much is said twice.",
            "An order that can be followed, with abrupt transitions or repetitions.",
            "Coherent, with small breaks.",
            "Tightly built from the first paragraph to the last.",
        ),
    ),
    Criterion(
        name="Relevance",
        description="Everything is about the topic and serves a reader who wants to know the field.",
        bands=(
            "Mostly about something else.",
            "Often off the topic.",
            "On the topic, with digressions.",
            "On the topic throughout, with little that could be left out.",
            "Every paragraph serves the topic.",
        ),
    ),
    Criterion(
        name="Coverage",
        description="The main lines of work, their relations, results, limits and open questions are all there.",
        bands=(
            "A few works without the field's main lines.",
            "Important lines are missing.",
            "The main lines, some of them thin; little on limits.",
            "Broad, with small gaps.",
            "All main lines with their depth, their limits and what is open.",
        ),
    ),
)
