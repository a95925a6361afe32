-- Why: up to five sub-segments of a campaign have names, and a report is cut by them. Which one a participant is of is frozen with the audience, or at
-- their own entry.
-- Workers: may go on; whom an old one freezes has no label.

alter table participants add column label text; -- null: none of the campaign's labels, or it has none
